// The rounds of a run, in their order.
// access: read
// params: workspace, run
// returns: run, number, kind, target, stage, role, verdict, suspect, probability, named, known, chain, scenario, experiment, manipulated, held, edges, pairs, effects, trials, learnt, seconds
MATCH (r:LabRun {workspace: $workspace, key: $run})-[:INCLUDES]->(n:LabRound)
RETURN n.run AS run, n.number AS number, n.kind AS kind, n.target AS target, n.stage AS stage,
       n.role AS role, n.verdict AS verdict, n.suspect AS suspect,
       n.probability AS probability, n.named AS named, n.known AS known, n.chain AS chain,
       n.scenario AS scenario, n.experiment AS experiment, n.manipulated AS manipulated,
       n.held AS held, n.edges AS edges, n.pairs AS pairs, n.effects AS effects,
       n.trials AS trials, n.learnt AS learnt, n.seconds AS seconds
ORDER BY n.number
