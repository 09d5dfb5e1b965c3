/** Tests that hang, each in its own way: it is run by the test of limits alone. */
import { CoMutex, Coroutine } from "@cofn/coroutine";

const mutex = new CoMutex("disk");

Deno.test("it ends", () => {});

Deno.test("it waits for what never comes", async () => {
  const holder = Coroutine.named("holder", function* () {
    yield* mutex.lock();
    yield;
  });
  const waiter = Coroutine.named("waiter", function* () {
    yield* mutex.lock();
  });
  holder.enter();
  waiter.enter();
  await waiter.done;
});

Deno.test({ name: "it fails", fn: () => Promise.reject(new Error("as it should")) });

Deno.test.ignore("it is ignored", () => {});

if (Deno.args.includes("--thread")) {
  Deno.test(function itDoesNotComeBack() {
    for (;;);
  });
}
