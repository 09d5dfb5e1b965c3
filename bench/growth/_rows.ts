/**
 * What users can have thousands of, and what is done with it.
 *
 * @module
 */
import type { Row } from "../_growth.ts";
import { coreRows } from "./core.ts";
import { lockRows } from "./locks.ts";
import { lineRows } from "./lines.ts";
import { taskRows } from "./tasks.ts";
import { timeRows } from "./time.ts";
import { contextRows } from "./contexts.ts";
import { watchRows } from "./watch.ts";
import { ioRows } from "./io.ts";
import { sharedRows } from "./shared.ts";
import { threadRows } from "./threads.ts";

/** All rows. */
export const rows: readonly Row[] = [
  ...coreRows,
  ...lockRows,
  ...lineRows,
  ...taskRows,
  ...timeRows,
  ...contextRows,
  ...watchRows,
  ...ioRows,
  ...sharedRows,
  ...threadRows,
];
