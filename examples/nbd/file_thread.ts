/**
 * What a thread does for the connections that it serves: the work on the file. See `file_threads.ts`.
 *
 * @module
 */
import { type Co, transfer, type Transferred } from "@cofn/coroutine";
import { FileStorage } from "./file_storage.ts";

let storage: FileStorage | undefined;

/** Opens the file; answers its size in bytes. */
export function open(path: string, readOnly: boolean): number {
  storage = FileStorage.open(path, readOnly);
  return storage.size;
}

/** Reads; the bytes are moved to the caller. */
export function* read(offset: number, length: number): Co<Transferred<Uint8Array>> {
  const [bytes = new Uint8Array(0)] = yield* opened().read(offset, length);
  return moved(bytes);
}

export function* write(offset: number, bytes: Uint8Array): Co {
  yield* opened().write(offset, bytes);
}

export function* zero(offset: number, length: number): Co {
  yield* opened().zero(offset, length);
}

export function* flush(): Co {
  yield* opened().flush();
}

/** Nobody may be using it. */
export function close(): void {
  storage?.close();
}

/** Bytes that are all of their buffer, to be moved into another thread. */
export function moved(bytes: Uint8Array): Transferred<Uint8Array> {
  return transfer(bytes, [bytes.buffer as ArrayBuffer]);
}

function opened(): FileStorage {
  if (storage === undefined) throw new Error("The file is not open: open comes first");
  return storage;
}
