// The runs of the lab, the one that went on last first.
// access: read
// params: workspace, keys
// returns: system, hours, seed, policy, epoch, roles
MATCH (r:LabRun)
WHERE r.workspace = $workspace AND r.key > '' AND (size($keys) = 0 OR r.key IN $keys)
RETURN r.system AS system, r.hours AS hours, r.seed AS seed, r.policy AS policy,
       r.epoch AS epoch, r.roles AS roles
ORDER BY r.updated_at DESC, r.key
