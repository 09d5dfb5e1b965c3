/** Tests that need permissions, and say so where they are ignored for want of them. */

type Name = "run" | "read" | "write" | "net" | "env" | "ffi";

/** Those that have not been granted. */
export function lacking(names: readonly Name[]): readonly Name[] {
  return names.filter((name) => Deno.permissions.querySync({ name }).state !== "granted");
}

/** Makes a function that declares tests which need `names`. */
export function needing(
  ...names: readonly Name[]
): (
  name: string,
  test: (t: Deno.TestContext) => void | Promise<void>,
  options?: Pick<Deno.TestDefinition, "sanitizeOps" | "sanitizeResources">,
) => void {
  const missing = lacking(names);
  const reason = missing.map((name) => `--allow-${name}`).join(", ");
  return (name, test, options = {}) =>
    missing.length === 0
      ? Deno.test({ ...options, name, fn: test })
      : Deno.test.ignore(`${name} [ignored: needs ${reason}]`, test);
}
