/**
 * A server for lines over TCP: it answers each line with the same in capitals, and ends a connection
 * that says nothing for a while, or sends a line without an end. Each connection has a coroutine. (A server
 * that uses AsyncLocalStorage calls `keepAsyncContext()` first.)
 *
 *     deno run --allow-net examples/io/line_server.ts
 *     nc 127.0.0.1 7777
 */
import {
  type Co,
  CoReader,
  Coroutine,
  CoroutineError,
  CoWriter,
  scope,
  type Suspension,
  until,
} from "@cofn/coroutine";

/** A minute, in nanoseconds. */
const PATIENCE = 60e9;
const LONGEST = 1000;

/**
 * Serves all who come, until it is cancelled or the listener is closed.
 *
 * @param listener Where they come.
 * @param patience How long they may say nothing, in nanoseconds.
 */
export function* serve(listener: Deno.Listener, patience: number = PATIENCE): Co {
  yield* scope(function* (all) {
    for (;;) {
      let conn: Deno.Conn;
      try {
        conn = yield* until(listener.accept());
      } catch (error) {
        if (error instanceof Deno.errors.BadResource) return; // it was closed
        throw error;
      }
      all.start(talk, conn, patience);
    }
  });
}

/** Talks to one of them. What goes wrong here is the affair of this connection alone. */
function* talk(conn: Deno.Conn, patience: number): Co {
  using _ = conn;
  const reader = new CoReader(conn);
  const writer = new CoWriter(conn);
  const say = (text: string): Suspension<void> =>
    writer.write(new TextEncoder().encode(`${text}\n`));
  try {
    for (;;) {
      const line = yield* reader.readLine({ timeout: patience, most: LONGEST });
      if (line === null) break;
      yield* say(line.toUpperCase());
    }
  } catch (error) {
    const code = error instanceof CoroutineError ? error.code : undefined;
    if (code === "cancelled") throw error;
    if (code !== "timeout" && code !== "too-long") return; // it is gone
    yield* say(code === "timeout" ? "you have said nothing for too long" : "your line is too long");
  }
  yield* writer.close();
}

if (import.meta.main) {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 7777 });
  // deno-lint-ignore no-console -- its output
  console.log("listening on 127.0.0.1:7777");
  const server = Coroutine.create(serve, listener);
  Deno.addSignalListener("SIGINT", () => {
    listener.close();
    server.cancel();
  });
  server.enter();
  await server.done.catch(() => Deno.exit());
}
