// Parses SOQL statements with @jetstreamapp/soql-parser-js.
//
//   node soql.mjs FILE
//
// FILE holds one statement a line; empty lines and lines that begin with # are
// passed over. A line that begins with ! holds what must not parse. One line per
// finding on stdout, then a summary line.
// Exit status: 0 no finding, 1 findings, 2 wrong use.

import fs from 'node:fs';
import { load } from './modules.mjs';

const { parseQuery } = load('@jetstreamapp/soql-parser-js');

const [file, ...rest] = process.argv.slice(2);
if (!file || rest.length > 0) {
  console.error('usage: node soql.mjs FILE');
  process.exit(2);
}

let statements = 0;
let findings = 0;
fs.readFileSync(file, 'utf8')
  .split('\n')
  .forEach((line, i) => {
    if (line.trim() === '' || line.startsWith('#')) return;
    statements++;
    const wrong = line.startsWith('!');
    const problem = parse(wrong ? line.slice(1) : line);
    if (wrong === (problem !== null)) return;
    findings++;
    console.log(`line ${i + 1}: ${problem ?? 'parses, but should not'}`);
  });
console.log(`${statements} statements, ${findings} findings`);
if (statements === 0) {
  console.error('no statements');
  process.exit(2);
}
process.exit(findings > 0 ? 1 : 0);

// parse gives null when the statement is good, else what is wrong with it.
function parse(statement) {
  try {
    parseQuery(statement);
    return null;
  } catch (err) {
    return String(err.message).split('\n')[0];
  }
}
