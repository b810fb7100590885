// node tools/lint_cypher.mjs FILE_OR_FOLDER... < ontology.json
//
// Lints every statement without a database: syntax, deprecated forms, and each label, type and
// property against the ontology. A misspelt property is no error in Neo4j: it reads null and
// writes a new property, so the mistake shows as missing data, weeks later.
//
// The parser's own check of names stops at MATCH and takes the keys of maps for properties; so
// properties are checked here, by token, against what the variable's label may carry.

// The analyser takes a quarter of a second per statement, so findings are kept by content.

import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const HERE = dirname(fileURLToPath(import.meta.url));
const CACHE = join(HERE, "node_modules", ".cache", "cypher"); // `npm ci` empties it
const require = createRequire(import.meta.url);
const cypher = () => require("@neo4j-cypher/language-support"); // slow to load: on a miss only

const UNKNOWN_NAME = /is not present in the database/;
const WRITES = new Set(["CREATE", "MERGE", "SET", "DELETE", "REMOVE", "FOREACH", "DROP"]);
const VECTORS = /^embedding_[a-z0-9_]+_\d+$/; // named at run time: embedder and dimensions

function cypherFiles(path) {
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path, { recursive: true })
    .filter((name) => name.endsWith(".cypher"))
    .map((name) => join(path, name))
    .sort();
}

// A migration holds several statements; each has its own variables. `line` is 0-based.
function statements(text) {
  const found = [];
  let line = 0;
  for (const part of text.split(/;[ \t]*(?:\r?\n|$)/)) {
    const body = part.replace(/^\s*\/\/.*$/gm, "").trim();
    if (body) found.push({ text: part, line });
    line += part.split("\n").length;
  }
  return found;
}

function labelsIn(tree) {
  if (!tree) return [];
  return tree.value ? [tree.value] : (tree.children ?? []).flatMap(labelsIn);
}

class Statement {
  constructor(text, ontology) {
    this.text = text;
    this.ontology = ontology;
    this.tokens = cypher().highlightSyntax(text);
    const result = cypher().lintCypherQuery(
      text,
      {
        labels: ontology.labels,
        relationshipTypes: ontology.relationshipTypes,
        propertyKeys: Object.values(ontology.properties).flat(),
        defaultLanguage: "CYPHER 5",
      },
      { consoleCommandsEnabled: false },
    );
    this.diagnostics = result.diagnostics.filter(cypher().isNotParamError);
    this.symbols = (result.symbolTables ?? []).flat();
  }

  *problems() {
    for (const each of this.diagnostics) {
      if (UNKNOWN_NAME.test(each.message)) continue; // found by token below
      yield { line: each.range.start.line, message: each.message };
    }
    const names = new Set([...this.ontology.labels, ...this.ontology.relationshipTypes]);
    for (const token of this.tokens) {
      const line = token.position.line;
      const name = token.token.replace(/^`|`$/g, "");
      if (token.tokenType === "label" && !names.has(name)) {
        yield { line, message: `unknown label or type ${name}` };
      }
      if (token.tokenType === "property") {
        const owner = this.ownerOf(token);
        if (owner && !this.carries(owner, name)) {
          yield { line, message: `unknown property ${name} on ${owner.join(" | ") || "any label"}` };
        }
      }
    }
    yield* this.houseRules();
  }

  *houseRules() {
    const code = this.text.replace(/\/\/.*$/gm, (comment) => " ".repeat(comment.length));
    for (const found of code.matchAll(/\bapoc\.\w+/gi)) {
      yield { line: this.lineAt(found.index), message: `${found[0]}: the product runs without APOC` };
    }
    for (const found of code.matchAll(/\b(MATCH|MERGE)\b(?:(?!\b[A-Z]{3,}\b)[^])*?:\s*\$\(/g)) {
      yield {
        line: this.lineAt(found.index),
        message: `dynamic label in ${found[1]} scans all nodes in 5.26; allowed in CREATE, SET, REMOVE`,
      };
    }
    if (!/^\s*\/\/\s*access:\s*read\b/m.test(this.text)) return;
    for (const token of this.tokens) {
      if (token.tokenType === "keyword" && WRITES.has(token.token.toUpperCase())) {
        yield { line: token.position.line, message: `${token.token} in a statement with access: read` };
      }
    }
  }

  // The labels that the property belongs to ([] = not known which), or null for a map's key.
  ownerOf(token) {
    const at = token.position.startOffset;
    const before = this.text.slice(0, at).trimEnd();
    if (before.endsWith(".")) {
      const name = /([A-Za-z_]\w*)\s*\.$/.exec(before);
      if (name) return this.labelsOf(name[1], name.index);
      const projection = this.openBrace(at);
      const projected = /([A-Za-z_]\w*)\s*$/.exec(this.text.slice(0, projection));
      if (/[{,]\s*\.$/.test(before) && projected) return this.labelsOf(projected[1], projected.index);
      return null; // a call's or an index's result, or $parameter.key
    }
    return this.ownerOfMapKey(this.openBrace(at));
  }

  ownerOfMapKey(brace) {
    const head = this.text.slice(0, brace);
    const assigned = /([A-Za-z_]\w*)\s*\+?=\s*$/.exec(head);
    if (assigned) return this.labelsOf(assigned[1], assigned.index);
    const pattern = /(\w?)[([]\s*([A-Za-z_]\w*)?\s*((?::[^()[\]{}]*)?)$/.exec(head);
    if (!pattern) return null;
    const [, called, variable, labels] = pattern;
    if (labels) return labels.match(/[A-Za-z_]\w*/g) ?? [];
    if (called || !variable) return null; // collect(p {key: 1}) projects
    return this.labelsOf(variable, head.lastIndexOf(variable));
  }

  labelsOf(variable, offset) {
    const symbol =
      this.symbols.find((each) => each.variable === variable && each.references.includes(offset)) ??
      this.symbols.find((each) => each.variable === variable);
    if (symbol && !symbol.types.some((type) => type === "Node" || type === "Relationship")) return null;
    const known = symbol ? labelsIn(symbol.labels) : [];
    if (known.length) return known;
    const written = new RegExp(`[([]\\s*${variable}\\s*:([^)\\]{]+)`).exec(this.text);
    if (!symbol && !written) return null;
    return written?.[1].match(/[A-Za-z_]\w*/g) ?? [];
  }

  carries(labels, property) {
    if (VECTORS.test(property)) return true;
    const known = labels.filter((label) => label in this.ontology.properties);
    const owners = known.length ? known : Object.keys(this.ontology.properties);
    return owners.some((label) => this.ontology.properties[label].includes(property));
  }

  openBrace(offset) {
    let depth = 0;
    for (let at = offset - 1; at >= 0; at--) {
      if (this.text[at] === "}") depth++;
      if (this.text[at] === "{" && depth-- === 0) return at;
    }
    return 0;
  }

  lineAt(offset) {
    return this.text.slice(0, offset).split("\n").length - 1;
  }
}

function findings(text, severalAllowed, ontology) {
  const parts = statements(text);
  const found = [];
  if (parts.length !== 1 && !severalAllowed) {
    found.push(`1: ${parts.length} statements; a file holds exactly one`);
  }
  for (const part of parts) {
    for (const { line, message } of new Statement(part.text, ontology).problems()) {
      found.push(`${part.line + line + 1}: ${message}`);
    }
  }
  return found;
}

function cached(inputs, compute) {
  const digest = createHash("sha256");
  for (const each of inputs) digest.update(`${each.length}:`).update(each);
  const file = join(CACHE, digest.digest("hex"));
  if (existsSync(file)) return JSON.parse(readFileSync(file, "utf8"));
  const value = compute();
  mkdirSync(CACHE, { recursive: true });
  writeFileSync(`${file}.${process.pid}`, JSON.stringify(value));
  renameSync(`${file}.${process.pid}`, file); // two runs at once never see half a file
  return value;
}

const names = readFileSync(0, "utf8");
const ontology = JSON.parse(names);
const rules = readFileSync(fileURLToPath(import.meta.url), "utf8");
const lock = readFileSync(join(HERE, "package-lock.json"), "utf8");
const files = process.argv.slice(2).flatMap(cypherFiles);
let count = 0;
for (const file of files) {
  const text = readFileSync(file, "utf8");
  const isMigration = /^V\d{4}__/.test(basename(file));
  const inputs = [rules, lock, names, String(isMigration), text];
  for (const found of cached(inputs, () => findings(text, isMigration, ontology))) {
    console.log(`${file}:${found}`);
    count++;
  }
}
console.log(`cypher: ${files.length} files, ${count} problems`);
process.exit(count ? 1 : 0);
