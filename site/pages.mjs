// The pages of the site in reading order. A page of docs/ that is not here fails test/guards/site.test.ts.

/** Groups of the sidebar; each page is named by its path in the repository. README.md is the home page. */
export const SIDEBAR = [
  {
    text: 'Start',
    pages: [
      'README.md',
      'docs/installing.md',
      'docs/getting-started.md',
      'docs/concepts.md',
      'docs/comparison.md',
    ],
  },
  {
    text: 'Use a service',
    pages: [
      'docs/authorization-without-a-browser.md',
      'docs/pipelines.md',
      'docs/gates.md',
      'docs/reports.md',
      'docs/results.md',
      'docs/watching.md',
      'docs/bimserver.md',
      'docs/networks.md',
      'docs/troubleshooting.md',
    ],
  },
  {
    text: 'Offer a service',
    pages: ['docs/writing-a-service.md', 'docs/operating.md', 'docs/repository-format.md'],
  },
  {
    text: 'What to rely on',
    pages: ['docs/reliability.md', 'docs/security.md', 'docs/interoperability.md'],
  },
  {
    text: 'Build on it',
    pages: [
      'docs/library.md',
      'docs/architecture.md',
      'docs/protocol.md',
      'docs/cases.md',
      'docs/glossary.md',
    ],
  },
];

export const PAGES = SIDEBAR.flatMap(({ pages }) => pages);

/** The name of a file of the repository on the site: `docs/gates.md` is `gates.md`. */
export const nameOf = (file) => (file === 'README.md' ? 'index.md' : file.replace(/^docs\//, ''));

/** The file of the repository that has this name on the site. */
export const fileOf = (name) => (name === 'index.md' ? 'README.md' : `docs/${name}`);
