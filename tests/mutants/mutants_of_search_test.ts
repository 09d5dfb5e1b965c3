import { testNotices } from "./_notices.ts";
import { searchMutants } from "./_mutants_search.ts";

testNotices(searchMutants);
