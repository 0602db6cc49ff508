// A reporter that names in the log of CI what did not run, so that no test is skipped in silence.
import type { Reporter, TestCase, TestModule } from 'vitest/node';

export default class CiLog implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    if (!process.env.CI) return;
    for (const module of modules) {
      const skipped = [...module.children.allTests('skipped')];
      if (skipped.length === 0) continue;
      const isWhole = skipped.length === [...module.children.allTests()].length;
      const what = isWhole ? `all of its ${skipped.length} tests` : skipped.map(nameOf).join('; ');
      console.log(`did not run: ${module.relativeModuleId}: ${what}`);
    }
  }
}

function nameOf(test: TestCase): string {
  const result = test.result();
  const why = result.state === 'skipped' && result.note !== undefined ? ` (${result.note})` : '';
  return test.fullName + why;
}
