/**
 * A module that starts a thread, and fails.
 *
 * @module
 */
import { IOThread } from "../../../mod.ts";

await IOThread.spawn(new URL("./_module.ts", import.meta.url));
throw new RangeError("late");
