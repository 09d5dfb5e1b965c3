/** Names that nobody has given. */
import {
  AioContext,
  CoMutex,
  CoQueue,
  CoReader,
  CoRwLock,
  CoSemaphore,
  CoWriter,
  EventNotifier,
  SharedCoMutex,
  SharedCoQueue,
  SharedCoRwLock,
  TaskPool,
} from "@cofn/coroutine";
import { assertEquals } from "@std/assert";

const shared = new SharedCoMutex("its mutex");
const made: Readonly<Record<string, () => { readonly name: string }>> = {
  AioContext: () => new AioContext(),
  CoMutex: () => new CoMutex(),
  CoQueue: () => new CoQueue(),
  CoReader: () => new CoReader(new ReadableStream()),
  CoRwLock: () => new CoRwLock(),
  CoSemaphore: () => new CoSemaphore(1),
  CoWriter: () => new CoWriter(new WritableStream()),
  EventNotifier: () => new EventNotifier(),
  SharedCoMutex: () => new SharedCoMutex(),
  SharedCoQueue: () => new SharedCoQueue(shared),
  SharedCoRwLock: () => new SharedCoRwLock(),
  TaskPool: () => new TaskPool(1),
};

for (const [what, make] of Object.entries(made)) {
  Deno.test(`those without a name are numbered from 1: ${what}`, () => {
    assertEquals([make().name, make().name], ["1", "2"]);
  });
}
