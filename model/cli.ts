/**
 * The command `deno task check`: checks the specs that a module exports.
 *
 * Exit codes: 0, all hold; 1, one is violated; 2, one was not explored completely, or the command
 * cannot be carried out. What ends with 2 says which on standard error.
 *
 * @module
 */
import * as colors from "@std/fmt/colors";
import { resolve, toFileUrl } from "./_path.ts";
import process from "node:process";
import { parseArgs } from "node:util";
import { check } from "./engine/check.ts";
import { show, SpecError } from "./engine/errors.ts";
import type { Report } from "./engine/report.ts";
import { isSpec } from "./engine/spec.ts";
import { replay } from "./engine/trace.ts";
import type { AnySpec } from "./engine/types.ts";
import { dotOf } from "./reporters/dot.ts";
import { jsonOf } from "./reporters/json.ts";
import { progressLine } from "./reporters/progress.ts";
import { type Paint, textOf, traceText } from "./reporters/text.ts";
