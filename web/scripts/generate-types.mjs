// Generates src/api/schema.d.ts from the OpenAPI document that the server writes (`make gen`).
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import openapiTypescript, { astToString } from 'openapi-typescript';

const source = new URL('../openapi.json', import.meta.url);
if (!existsSync(fileURLToPath(source))) {
  console.error('web/openapi.json is missing: run `make gen`, which writes it');
  process.exit(1);
}
const banner = '// Generated from openapi.json by `npm run gen`. Do not edit.\n';
const target = fileURLToPath(new URL('../src/api/schema.d.ts', import.meta.url));
// A field with a default may be left out of a request.
const types = await openapiTypescript(source, { defaultNonNullable: false });
await writeFile(target, banner + astToString(types));
console.log(`wrote ${target.split('/').slice(-3).join('/')}`);
