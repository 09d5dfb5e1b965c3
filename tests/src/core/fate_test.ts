import { assertEquals } from "@std/assert";
import { all, Coroutine } from "@cofn/coroutine";
import { core } from "../../../src/core/coroutine.ts";
import { start } from "../_helpers.ts";

Deno.test("one that has ended keeps nobody who was above it", () => {
  const children: Coroutine[] = [];
  start("parent", function* () {
    yield* all([function* () {
      children.push(Coroutine.self());
    }]);
  });
  assertEquals(children.map((child) => [child.status, core.fateOf(child).owner]), [
    ["terminated", null],
  ]);
});
