/**
 * What the core names of the wings above it: the types alone of what users get from it, and it uses none of them.
 *
 * @module
 */
export type { AioContext } from "../contexts/aio_context.ts";
export type { CoMutex } from "../locks/co_mutex.ts";
