import { assertEquals, assertInstanceOf } from "@std/assert";
import { unwrap, wrap } from "../../../src/threads/_messages.ts";

Deno.test("of an error's own lists only those are sent that can be, as a whole", () => {
  const error = Object.assign(new Error("no"), { all: [1, "two"], some: [1, () => {}], none: [] });
  const arrived = unwrap(structuredClone(wrap(error)));
  assertInstanceOf(arrived, Error);
  assertEquals(Object.entries(arrived as Error), [["all", [1, "two"]], ["none", []]]);
});
