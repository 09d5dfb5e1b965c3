/**
 * A network block device server: see README.md.
 *
 *     deno task nbd --memory 64M
 */
import { type Arguments, argumentsOf, USAGE, UsageError } from "./arguments.ts";
import type { Export } from "./export.ts";
import { FileStorage } from "./file_storage.ts";
import { FileThreads } from "./file_threads.ts";
import { MemoryStorage } from "./memory_storage.ts";
import { Server } from "./server.ts";

const { log: say, error: complain } = console;

/** Listens, and says where. */
function listen({ listen, name }: Arguments): Deno.Listener {
  const path = encodeURIComponent(name);
  if (listen.kind === "socket") {
    const listener = listenAt(listen.path);
    const socket = encodeURIComponent(listen.path).replaceAll("%2F", "/");
    say(`nbd+unix:///${path}?socket=${socket}`);
    return listener;
  }
  const listener = Deno.listen({ hostname: "127.0.0.1", port: listen.port });
  say(`nbd://127.0.0.1:${listener.addr.port}/${path}`);
  return listener;
}

function listenAt(path: string): Deno.Listener {
  try {
    return Deno.listen({ transport: "unix", path });
  } catch (error) {
    const hint = error instanceof Deno.errors.AddrInUse
      ? " (if no server listens there any more, remove it)"
      : "";
    throw new Error(
      `Cannot listen at ${path}: ${error instanceof Error ? error.message : error}${hint}`,
    );
  }
}

/** Settles with the first signal that asks the program to end; the next one ends it at once. */
function signalled(): Promise<void> {
  const signals = ["SIGINT", "SIGTERM"] as const;
  return new Promise((resolve) => {
    const heard = () => {
      for (const signal of signals) Deno.removeSignalListener(signal, heard);
      resolve();
    };
    for (const signal of signals) Deno.addSignalListener(signal, heard);
  });
}

/** Some versions of Deno remove the file when they close the listener. */
function removeSocket(path: string): void {
  try {
    Deno.removeSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

async function serve(args: Arguments): Promise<void> {
  const { readOnly, name, connections, threads } = args;
  const storage = args.storage.kind === "memory"
    ? new MemoryStorage(args.storage.size)
    : FileStorage.open(args.storage.path, readOnly);
  const storages = args.storage.kind === "memory" || threads === undefined
    ? undefined
    : new FileThreads(args.storage.path, storage.size, readOnly, threads);
  try {
    const exported: Export = { name, storage, readOnly };
    const end = signalled();
    const server = new Server(listen(args), exported, {
      connections,
      storages,
      onFailure: (failure) => complain(`A connection has failed: ${failure}`),
    });
    try {
      await end;
      await server.stop();
    } finally {
      if (args.listen.kind === "socket") removeSocket(args.listen.path);
    }
  } finally {
    await storages?.close();
    storage.close();
  }
}

if (import.meta.main) {
  try {
    const args = argumentsOf(Deno.args);
    if (args === "help") say(USAGE);
    else await serve(args);
  } catch (error) {
    const usage = error instanceof UsageError;
    complain(error instanceof Error ? error.message : `${error}`);
    if (usage) complain(USAGE);
    Deno.exit(usage ? 2 : 1);
  }
}
