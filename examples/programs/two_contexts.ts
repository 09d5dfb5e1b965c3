/**
 * Two event loops: requests come in in one, and are carried out in another one, which stands for a
 * disk. A request moves there and back by `switchTo()`, and runs on wherever it is; the lock of the
 * disk's table goes from one to the next, in order, as anywhere.
 *
 *     deno run examples/programs/two_contexts.ts
 *     deno task trace trace.json -- examples/programs/two_contexts.ts
 *
 * The second command writes a trace, of the picture in docs/runtime.md: open it in Perfetto.
 */
import { AioContext, BottomHalf, type Co, CoMutex, Coroutine, scope } from "@cofn/coroutine";

/** Does something useful, for about so many steps. */
function work(steps: number): number {
  let x = 1;
  for (let i = 0; i < steps * 1000; i++) x = (x * 48_271) % 2_147_483_647;
  return x;
}

/**
 * Serves some requests.
 *
 * @param requests How many.
 * @param disk Where they are carried out.
 * @param say Is told what happens, and in which context.
 * @returns The order in which they were done.
 */
export function* serve(
  requests: number,
  disk: AioContext,
  say: (line: string) => void,
): Co<number[]> {
  const home = AioContext.current;
  const table = new CoMutex("table");
  const done: number[] = [];
  const here = (what: string): void => say(`${AioContext.current.name}: ${what}`);
  using flush = new BottomHalf(disk, () => {
    work(30);
    here("the cache is flushed");
  }, "flush");

  function* request(i: number): Co {
    work(20);
    here(`request ${i} has come`);
    yield* disk.switchTo();
    work(20 + 10 * i);
    {
      using _ = yield* table.lock();
      yield* disk.reschedule(); // the others have their turn, but not the table
      work(20);
      here(`request ${i} is carried out`);
      if (i === 1) flush.schedule();
    }
    yield* home.switchTo();
    work(10);
    done.push(i);
    here(`request ${i} is answered`);
  }

  yield* scope(function* (all) {
    for (let i = 1; i <= requests; i++) {
      const { [`request ${i}`]: body } = {
        *[`request ${i}`]() {
          yield* request(i);
        },
      };
      if (body !== undefined) all.start(body);
    }
  });
  return done;
}

if (import.meta.main) {
  using disk = new AioContext("disk");
  // The first time, everything is slow: V8 has not seen it yet.
  // deno-lint-ignore no-console -- its output
  for (const say of [() => {}, console.log]) {
    const co = Coroutine.create(serve, 4, disk, say);
    co.enter();
    await co.done;
  }
}
