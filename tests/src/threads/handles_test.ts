import { assertEquals } from "@std/assert";
import { Coroutine, handleOf, schedule } from "@cofn/coroutine";
import { turns } from "../_helpers.ts";

Deno.test("a program of one thread does not end before those have gone on that it has scheduled, however often", async () => {
  for (let round = 0; round < 3; round++) {
    const cos = Array.from({ length: 10 }, (_, i) => {
      const co = Coroutine.create(function* () {
        yield;
        return i;
      });
      co.enter();
      return co;
    });
    const all = cos.map(({ done }) => done);
    for (const handle of cos.map(handleOf)) schedule(handle);
    assertEquals(await Promise.all(all), cos.map((_, i) => i));
  }
  await turns();
});
