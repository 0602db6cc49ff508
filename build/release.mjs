// Writes what belongs beside the archives of a release: SHA256SUMS, a Homebrew formula and a Scoop manifest.
//   node build/release.mjs FOLDER
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { archiveName, folderName, SYSTEMS } from './archive.mjs';
import { sha256Of } from './file-hash.mjs';
import { root } from './roll.mjs';

const [folder] = process.argv.slice(2);
if (folder === undefined) end('usage: node build/release.mjs FOLDER');
const { version, homepage, description, license } = JSON.parse(
  readFileSync(join(root, 'package.json'), 'utf8'),
);
const page = homepage.replace(/#.*/, '');
const missing = SYSTEMS.map((system) => archiveName(version, system)).filter(
  (name) => !existsSync(join(folder, name)),
);
if (missing.length > 0) end(`Not in ${folder}: ${missing.join(', ')}`);

const sums = new Map();
for (const system of SYSTEMS) sums.set(system, await sha256Of(join(folder, archiveName(version, system))));
const write = (name, text) => writeFileSync(join(folder, name), text);
write('SHA256SUMS', [...sums].map(([system, sum]) => `${sum}  ${archiveName(version, system)}\n`).join(''));
write('bimservice.rb', formula());
write('bimservice.json', `${JSON.stringify(manifest(), null, 4)}\n`);

function addressOf(system, of = version) {
  return `${page}/releases/download/v${of}/${archiveName(of, system)}`;
}

/** For Homebrew, on macOS and Linux. It refuses a description of more than 80 characters, so that is the first part of ours. */
function formula() {
  const source = (system) => `url "${addressOf(system)}"
      sha256 "${sums.get(system)}"`;
  return `# Made by build/release.mjs.
class Bimservice < Formula
  desc "${description.replace(/ \(.*/, '')} to BIM services"
  homepage "${page}"
  version "${version}"
  license "${license}"

  on_macos do
    on_arm do
      ${source('darwin-arm64')}
    end
    on_intel do
      ${source('darwin-x64')}
    end
  end

  on_linux do
    on_arm do
      ${source('linux-arm64')}
    end
    on_intel do
      ${source('linux-x64')}
    end
  end

  def install
    bin.install "bimservice"
    man1.install Dir["man/*.1"]
    generate_completions_from_executable(bin/"bimservice", "completion", shells: [:bash, :zsh, :fish])
  end

  test do
    assert_match version.to_s, shell_output("#{bin}/bimservice --version")
    system bin/"bimservice", "demo", "--no-browser"
    assert_path_exists testpath/"bimservice-demo/duplicate-guids.bcf"
  end
end
`;
}

/** For Scoop, on Windows. */
function manifest() {
  return {
    version,
    description,
    homepage: page,
    license,
    architecture: {
      '64bit': {
        url: addressOf('win-x64'),
        hash: sums.get('win-x64'),
        extract_dir: folderName(version, 'win-x64'),
      },
    },
    bin: 'bimservice.exe',
    checkver: { github: page },
    autoupdate: {
      architecture: {
        '64bit': { url: addressOf('win-x64', '$version'), extract_dir: folderName('$version', 'win-x64') },
      },
      hash: { url: '$baseurl/SHA256SUMS' },
    },
  };
}

function end(words) {
  console.error(words);
  process.exit(1);
}
