import { assert } from "@std/assert";
import { needing } from "../../_needing.ts";
import {
  killing,
  lifecycle,
  locking,
  lockingPlainly,
  readingAndWriting,
  scheduling,
} from "./_soak.ts";

const test = needing("read");

test("five threads come, do something, and go", async () => {
  assert(await lifecycle(5, 1) === 5);
});

test("coroutines of five threads schedule one another: no wake-up is lost, none comes twice", async () => {
  assert(await scheduling(5, 4, 1000) > 100);
});

test("two threads hand a shared mutex on", async () => {
  assert(await locking(2, 1000) > 1000);
});

test("five threads lock a shared mutex", async () => {
  assert(await locking(5, 1000) > 100);
});

test("readers of all threads read at once, a writer has the lock alone, and no write is lost", async () => {
  assert(await readingAndWriting(2, 1000) > 100);
  assert(await readingAndWriting(5, 500) > 100);
});

test("the same counting by a spin-lock, and by an Atomics.wait mutex", async () => {
  assert(await lockingPlainly(2, 200, true) > 100);
  assert(await lockingPlainly(5, 200, false) > 100);
});

test("threads are killed in the middle of anything: each call ends", async () => {
  assert(await killing(1000) > 0);
});
