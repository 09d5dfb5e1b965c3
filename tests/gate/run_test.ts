import { assertEquals } from "@std/assert";
import { needing } from "../_needing.ts";
import { run } from "./_run.ts";

const test = needing("run", "read", "write");

/** Runs a program that counts how often it was run, and then fails with what it is told to say. */
async function timesOf(says: string): Promise<{ times: number; code: number; text: string }> {
  const file = await Deno.makeTempFile();
  const program = `Deno.writeTextFileSync(${JSON.stringify(file)}, "x", { append: true });` +
    `console.error(${JSON.stringify(says)}); Deno.exit(3)`;
  const { code, text } = await run("a step", Deno.execPath(), ["eval", program]);
  const times = (await Deno.readTextFile(file)).length;
  await Deno.remove(file);
  return { times, code, text };
}

test("what fails is run once, and once more only where Deno has failed itself", async () => {
  assertEquals(await timesOf("a test has failed"), {
    times: 1,
    code: 3,
    text: "a test has failed",
  });
  const says = "\nDeno has panicked. This is a bug in Deno.\nthread panicked at x.rs:1\nwhy";
  assertEquals((await timesOf(says)).times, 2);
});
