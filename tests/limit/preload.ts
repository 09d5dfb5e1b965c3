/** `deno test --preload tests/limit/preload.ts`: no test hangs in silence. */
import { limitTests } from "./_limit.ts";

const MINUTES = 20;

limitTests(MINUTES * 60_000);
