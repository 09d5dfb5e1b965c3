import { assert, assertEquals } from "@std/assert";
import { needing } from "./_needing.ts";
import { codeMutants, modelMutants } from "./mutants/_mutants.ts";

const test = needing("read");
const root = new URL("../", import.meta.url);

interface Text {
  /** Where it is, from the root. */
  readonly path: string;
  readonly text: string;
}

/** The files below a folder, by their paths from the root. */
async function* filesBelow(folder: string): AsyncGenerator<string> {
  for await (const { name, isDirectory } of Deno.readDir(new URL(folder, root))) {
    if (name.startsWith(".") || name === "node_modules" || name === "coverage") continue;
    if (isDirectory) yield* filesBelow(`${folder}${name}/`);
    else yield `${folder}${name}`;
  }
}

async function textsOf(wanted: (path: string) => boolean): Promise<Text[]> {
  const texts: Text[] = [];
  for await (const path of filesBelow("./")) {
    const short = path.slice(2);
    if (!wanted(short)) continue;
    texts.push({ path: short, text: await Deno.readTextFile(new URL(path, root)) });
  }
  return texts.sort((a, b) => a.path < b.path ? -1 : 1);
}

const pages = (): Promise<Text[]> => textsOf((path) => path.endsWith(".md"));

/** A page without its blocks of code. */
function proseOf(text: string): string {
  return text.replaceAll(/^( *)```.*?^\1```$/gms, "");
}

/** What its headings are called in links, as on GitHub: a second one of the same name ends in `-1`. */
function anchorsOf(text: string): Set<string> {
  const anchors = new Set<string>();
  for (const [, heading = ""] of proseOf(text).matchAll(/^#{1,6} +(.*)$/gm)) {
    const anchor = heading.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, "$1").toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "").trim().replaceAll(/\s/g, "-");
    let name = anchor;
    for (let n = 1; anchors.has(name); n++) name = `${anchor}-${n}`;
    anchors.add(name);
  }
  return anchors;
}

/** Where the links and pictures of a page lead. */
function linksOf(text: string): string[] {
  const prose = proseOf(text).replaceAll(/`[^`\n]*`/g, "");
  return [
    ...prose.matchAll(/\]\(\s*<?([^)\s>]+)/g),
    ...prose.matchAll(/^\[[^\]]+\]:\s*(\S+)/gm),
  ].map(([, link = ""]) => link);
}

/** Whether there is such a file, or a folder if the link ends in `/`. */
async function exists(url: URL): Promise<boolean> {
  try {
    return (await Deno.stat(url)).isDirectory === url.pathname.endsWith("/");
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** What is wrong with a link; null if it leads somewhere. */
async function faultOf(link: string, page: Text): Promise<string | null> {
  if (/^[a-z]+:/.test(link)) return null;
  const url = new URL(link, new URL(page.path, root));
  if (!url.href.startsWith(root.href)) return "leads out of the project";
  const anchor = decodeURIComponent(url.hash.slice(1));
  url.hash = "";
  if (!await exists(url)) return "leads nowhere";
  if (anchor === "") return null;
  const there = anchorsOf(await Deno.readTextFile(url));
  return there.has(anchor) ? null : `no heading is called so: ${[...there].join(", ")}`;
}

test("every relative link in a page leads to a file, and to a heading there", async () => {
  const faults: string[] = [];
  let links = 0;
  for (const page of await pages()) {
    for (const link of linksOf(page.text)) {
      links++;
      const fault = await faultOf(link, page);
      if (fault !== null) faults.push(`${page.path}: ${link}: ${fault}`);
    }
  }
  assertEquals(faults, []);
  // INVARIANT of the test: it has found the links.
  assert(links > 50, `${links} links`);
});

test("the README is short, and has no row of what was verified", async () => {
  const readme = await Deno.readTextFile(new URL("README.md", root));
  const lines = readme.trimEnd().split("\n").length;
  assert(lines <= 170, `${lines} lines`);
  // Such a row has counts, and then a time: 1,234 5,678 0.3 s ok
  const rows = readme.split("\n").filter((line) => /\d[ |][\d, |]*\d+\.\d s\b/.test(line));
  assertEquals(rows, []);
});

test("every task that a page or a comment names is in deno.json", async () => {
  const { tasks } = JSON.parse(await Deno.readTextFile(new URL("deno.json", root)));
  const unknown: string[] = [];
  let named = 0;
  for (const { path, text } of await textsOf((path) => /\.(md|ts)$/.test(path))) {
    // The changelog tells of tasks that have been.
    if (path === "CHANGELOG.md") continue;
    // `npx -y deno@2.9.6 task ok` is one, too.
    for (const [, task = ""] of text.matchAll(/\bdeno(?:@[\d.]+)?\s+task\s+([a-z][a-z:_-]*)/g)) {
      named++;
      if (!Object.hasOwn(tasks, task)) unknown.push(`${path}: deno task ${task}`);
    }
  }
  assertEquals(unknown, []);
  assert(named > 20, `${named} tasks`);
});

test("the pages say how many bugs are planted, to the next ten", async () => {
  const told = (await pages()).flatMap(({ text }) =>
    [...text.matchAll(/about\s+(\d+)\s+(?:bugs|in\s+the\s+models)/g)].map(([, n]) => Number(n))
  );
  const planted = [codeMutants.length, modelMutants.length];
  assert(told.length > 2, `${told}`);
  const wrong = told.filter((n) => !planted.some((count) => Math.abs(count - n) < 10));
  assertEquals(wrong, [], `There are ${planted.join(" and ")}`);
});
