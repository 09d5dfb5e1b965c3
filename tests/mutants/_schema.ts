/**
 * The part of Effect's Schema that the specs use, in one file: to load all of it in each Worker takes longer than to
 * find most planted bugs.
 *
 * @module
 */
import { tmpdir } from "node:os";
import { withoutComments } from "../../model/verify/sources.ts";
import { filesIn } from "../_files.ts";

const USED = /\bSchema\.(\w+)/g;

/**
 * Has the project in `dir` use that part: by the configuration whose name this answers. Where it cannot be made, as
 * Deno must fetch for that what makes it, all of it is used.
 */
export async function useSchemaPart(dir: string): Promise<string> {
  const used = new Set<string>();
  for (const file of await filesIn(new URL(`file://${dir}/`), "model")) {
    if (!file.endsWith(".ts")) continue;
    const source = withoutComments(await Deno.readTextFile(`${dir}/${file}`));
    for (const [, name = ""] of source.matchAll(USED)) used.add(name);
  }
  const names = [...used].sort();
  const config = JSON.parse(await Deno.readTextFile(`${dir}/deno.json`));
  const part = await partOf(dir, names, `${config.imports.effect} ${names}`);
  if (part === undefined) return "deno.json";
  await Deno.copyFile(part, `${dir}/_schema_part.js`);
  config.imports["effect/Schema"] = "./_schema_part.js";
  await Deno.writeTextFile(`${dir}/part.json`, JSON.stringify(config));
  return "part.json";
}

/** Where it is: made once for all copies. Undefined if it cannot be. */
async function partOf(
  dir: string,
  names: readonly string[],
  key: string,
): Promise<string | undefined> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(key));
  const part = `${tmpdir()}/coroutine-schema-${new Uint8Array(digest).slice(0, 8).toHex()}.js`;
  try {
    await Deno.stat(part);
    return part;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  const entry = `${dir}/_schema_entry.ts`;
  await Deno.writeTextFile(entry, `export { ${names.join(", ")} } from "effect/Schema";\n`);
  const made = `${dir}/_schema_made.js`;
  const { success } = await new Deno.Command(Deno.execPath(), {
    args: ["bundle", "--no-lock", "-o", made, entry],
    cwd: dir,
    env: { NO_COLOR: "1" },
    stdout: "null",
    stderr: "null",
  }).output();
  if (!success) return undefined;
  // Whoever makes it at the same time makes the same.
  await Deno.copyFile(made, `${part}.${Deno.pid}`);
  await Deno.rename(`${part}.${Deno.pid}`, part);
  return part;
}
