// Writes a .br and a .gz next to every text asset of the build, so that the server only ever copies bytes.
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';

const folder = process.argv[2] ?? 'dist';
const text = /\.(js|mjs|css|html|svg|json|webmanifest|txt|map)$/;
// Below this size the header costs more than compression saves.
const smallest_bytes = 512;

const brotli = promisify(brotliCompress);
const deflate = promisify(gzip);
let before = 0;
let after = 0;

for (const name of await readdir(folder, { recursive: true })) {
  const path = join(folder, name);
  if (!text.test(name) || !(await stat(path)).isFile()) continue;
  const bytes = await readFile(path);
  if (bytes.length < smallest_bytes) continue;
  const small = await brotli(bytes, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: 11,
      [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
      [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT,
    },
  });
  await writeFile(`${path}.br`, small);
  await writeFile(`${path}.gz`, await deflate(bytes, { level: 9 }));
  before += bytes.length;
  after += small.length;
}
console.log(
  `precompressed ${Math.round(before / 1024)} KiB of text to ${Math.round(after / 1024)} KiB (brotli)`,
);
