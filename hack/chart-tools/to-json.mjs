// Prints the YAML documents of a file as one JSON array: node to-json.mjs FILE.
import { readFileSync } from 'node:fs';
import { parseAllDocuments } from 'yaml';

const documents = parseAllDocuments(readFileSync(process.argv[2], 'utf8'));
const errors = documents.flatMap((document) => document.errors);
if (errors.length > 0) throw errors[0];
console.log(JSON.stringify(documents.map((document) => document.toJS()).filter((value) => value !== null)));
