/**
 * A network block device server: see README.md.
 *
 *     deno task nbd --memory 64M
 */
import { fileURLToPath } from "node:url";
import { type Arguments, argumentsOf, USAGE, UsageError } from "./arguments.ts";
import { FileStorage } from "./file_storage.ts";
import { MemoryStorage } from "./memory_storage.ts";
import { Server } from "./server.ts";
import { listenAt, type Socket } from "./socket.ts";

const { log: say, error: complain } = console;

/** Listens, and knows where. */
function listen({ listen, name }: Arguments): Socket & { readonly uri: string } {
  const path = encodeURIComponent(name);
  if (listen.kind === "socket") {
    const escaped = encodeURIComponent(listen.path).replaceAll("%2F", "/");
    const uri = `nbd+unix:///${path}?socket=${escaped}`;
    return { ...listenAt(listen.path, listen.mode), uri };
  }
  const listener = Deno.listen({ hostname: "127.0.0.1", port: listen.port });
  return { listener, remove() {}, uri: `nbd://127.0.0.1:${listener.addr.port}/${path}` };
}

/** What a shell shows for a program that a signal has ended. */
const CODES = { SIGINT: 130, SIGTERM: 143 } as const;

/**
 * Settles with the first signal that asks the program to end; the next one ends it at once.
 *
 * @param atOnce What is to be done before that.
 */
function signalled(atOnce: () => void): Promise<void> {
  return new Promise((resolve) => {
    let heard = false;
    for (const [signal, code] of Object.entries(CODES)) {
      Deno.addSignalListener(signal as Deno.Signal, () => {
        if (heard) {
          atOnce();
          Deno.exit(code);
        }
        heard = true;
        resolve();
      });
    }
  });
}

async function serve(args: Arguments): Promise<void> {
  const { readOnly, name, connections, limits } = args;
  const storage = args.storage.kind === "memory"
    ? new MemoryStorage(args.storage.size)
    : FileStorage.open(args.storage.path, readOnly);
  const socket = listen(args);
  const end = signalled(() => socket.remove());
  const server = new Server(socket.listener, { name, storage, readOnly }, {
    connections,
    limits,
    onFailure: (failure) => complain(`A connection has failed: ${failure}`),
  });
  say(socket.uri);
  await end;
  // First, so that nobody finds it any more.
  socket.remove();
  await server.stop();
  storage.close();
}

/** A task runs in the folder of the project, but paths are meant from where it was called. */
function goWhereCalled(): void {
  const start = Deno.env.get("INIT_CWD");
  const project = fileURLToPath(new URL("../../", import.meta.url)).slice(0, -1);
  if (start !== undefined && Deno.cwd() === project) Deno.chdir(start);
}

if (import.meta.main) {
  try {
    goWhereCalled();
    const args = argumentsOf(Deno.args);
    if (args === "help") say(USAGE);
    else await serve(args);
    Deno.exit(0);
  } catch (error) {
    const usage = error instanceof UsageError;
    complain(error instanceof Error ? error.message : `${error}`);
    if (usage) complain(USAGE);
    Deno.exit(usage ? 2 : 1);
  }
}
