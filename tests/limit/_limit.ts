/**
 * A limit for each test: no one hangs in silence.
 *
 * A test that has not ended when its limit is over fails, and says which coroutines there are and where
 * they stand. One whose thread does not come back at all is seen by another thread, which says its name
 * and ends the process. The limit is far beyond what any test takes: none depends on how fast it goes.
 *
 * @module
 */
import { Worker } from "node:worker_threads";

type Body = (t: Deno.TestContext) => unknown;

/** So much longer than the limit does the other thread wait: if the test's own can speak, it says more. */
const GRACE = 1.5;

/** What the other thread does. It is told which test begins, and when that has ended. */
const WATCH = `
const { parentPort, workerData } = require("node:worker_threads");
let timer;
parentPort.on("message", (name) => {
  clearTimeout(timer);
  if (name === null) return;
  timer = setTimeout(() => {
    const text = "\\nThe thread of the test \\"" + name + "\\" has not come back in " +
      workerData / 1000 + " s\\n";
    // What is written to the test's own output may be kept back until its end.
    try {
      Deno.writeTextFileSync("/dev/stderr", text);
    } catch {
      Deno.stderr.writeSync(new TextEncoder().encode(text));
    }
    try {
      Deno.kill(Deno.pid, "SIGKILL");
    } catch {
      process.abort();
    }
  }, workerData);
});
`;

/** All tests that are declared from now on have a limit of so many milliseconds. */
export function limitTests(ms: number): void {
  let watch: Worker | undefined;
  const watcher = (): Worker => {
    if (watch !== undefined) return watch;
    watch = new Worker(WATCH, { eval: true, workerData: ms * GRACE });
    watch.unref();
    return watch;
  };

  const run = async (t: Deno.TestContext, body: Body): Promise<void> => {
    const other = watcher();
    other.postMessage(t.name);
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => void lateError(ms).then(reject), ms);
    });
    try {
      await Promise.race([body(t), late]);
    } finally {
      clearTimeout(timer);
      other.postMessage(null);
    }
  };

  const limited = (given: unknown): unknown => {
    if (typeof given === "function") {
      const body = (t: Deno.TestContext) => run(t, given as Body);
      return Object.defineProperty(body, "name", { value: given.name });
    }
    const { fn } = Object(given) as { fn?: unknown };
    return typeof fn === "function" ? { ...Object(given), fn: limited(fn) } : given;
  };

  // deno-lint-ignore no-explicit-any -- whatever there is to declare tests by
  const declaring = (declare: any): any =>
    new Proxy(declare, {
      apply: (target, self, given: unknown[]) => Reflect.apply(target, self, given.map(limited)),
      get: (target, key) =>
        key === "only" || key === "ignore" ? declaring(target[key]) : target[key],
    });
  Object.assign(Deno, { test: declaring(Deno.test) });
}

/** What has not ended in time, and which coroutines there are: of the runtime that the test has. */
async function lateError(ms: number): Promise<Error> {
  const { dump } = await import("@cofn/coroutine");
  return new Error(
    `It has not ended in ${ms / 1000} s. Where the coroutines of its file stand:\n${dump()}`,
  );
}
