import { assertEquals } from "@std/assert";
import { CoReader, Coroutine, CoWriter } from "@cofn/coroutine";
import { turn } from "../_helpers.ts";

Deno.test("a reader reads 65,536 bytes ahead, if it is told nothing else", async () => {
  const sizes: number[] = [];
  const reader = new CoReader({
    read(into: Uint8Array) {
      sizes.push(into.length);
      return Promise.resolve(null);
    },
  });
  const co = Coroutine.create(() => reader.read());
  co.enter();
  await co.done;
  assertEquals(sizes, [65_536]);
});

Deno.test("a writer has writes wait beyond 1,048,576 pending bytes, if it is told nothing else", async () => {
  const taken: (() => void)[] = [];
  const writer = new CoWriter({
    write: (bytes: Uint8Array) =>
      new Promise<number>((resolve) => taken.push(() => resolve(bytes.length))),
  });
  const ended: string[] = [];
  const co = Coroutine.create(function* () {
    yield* writer.write(new Uint8Array(1_048_575));
    ended.push("below");
    yield* writer.write(new Uint8Array(2));
    ended.push("there");
  });
  co.enter();
  await turn();
  assertEquals(ended, ["below"]);
  while (co.status !== "terminated") {
    taken.shift()?.();
    await turn();
  }
  assertEquals(ended, ["below", "there"]);
});
