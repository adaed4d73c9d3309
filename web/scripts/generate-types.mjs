// Generates src/api/schema.d.ts from the OpenAPI document that the server writes (`make gen`).
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import openapiTypescript, { astToString } from 'openapi-typescript';

const places = ['../openapi.json', '../../openapi.json'].map((place) => new URL(place, import.meta.url));
const document = places.find((place) => existsSync(fileURLToPath(place)));
if (!document) {
  console.error('no openapi.json in web/ or at the root of the repository: run `make gen`, which writes it');
  process.exit(1);
}
const banner = '// Generated from openapi.json by `npm run gen`. Do not edit.\n';
const target = fileURLToPath(new URL('../src/api/schema.d.ts', import.meta.url));
await writeFile(target, banner + astToString(await openapiTypescript(document)));
console.log(`wrote ${target.split('/').slice(-3).join('/')}`);
