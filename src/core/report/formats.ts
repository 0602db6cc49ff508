// The formats of reports by their names on the command line.
import { gitlabText } from './gitlab.js';
import { htmlText } from './html.js';
import { junitText } from './junit.js';
import { markdownText } from './markdown.js';
import type { Report } from './report.js';
import { sarifText } from './sarif.js';

/** The text of the file for each format. GitHub's is no file: `github.ts`. */
export const FORMATS: Readonly<Record<string, (report: Report) => string>> = {
  junit: junitText,
  sarif: sarifText,
  markdown: (report) => markdownText(report),
  gitlab: gitlabText,
  html: htmlText,
};
