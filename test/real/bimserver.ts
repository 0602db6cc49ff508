// A released BIMserver, started from its jar with two small test bots; it needs a JDK.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../support/peer.js';

const BOT = new URL('./bot/', import.meta.url).pathname;
const OPENS = ['java.base/java.lang=ALL-UNNAMED', 'java.base/java.util=ALL-UNNAMED'];

export const ADMIN = { username: 'admin@bim.example', password: 'admin pass' };

type Answer = { response?: { result?: unknown; exception?: { message: string } } };

export class RealBimserver implements AsyncDisposable {
  private constructor(
    readonly origin: string,
    private readonly stop: () => Promise<void>,
  ) {}

  /** `jar`: bimserverjar; `ifcplugins`: the plug-ins that read IFC. */
  static async start({ jar, ifcplugins }: { jar: string; ifcplugins: string }): Promise<RealBimserver> {
    const root = await mkdtemp(join(tmpdir(), 'bimserver-'));
    const program = join(root, 'program');
    await mkdir(program);
    execFileSync('jar', ['xf', jar], { cwd: program });
    const bot = await buildBot(root, program);
    const port = await freePort();
    const options = OPENS.flatMap((open) => ['--add-opens', open]);
    const settings = ['address=127.0.0.1', `port=${port}`, `homedir=${join(root, 'home')}`];
    const java = spawn('java', [...options, '-cp', '.:lib/*', 'org.bimserver.JarBimServer', ...settings], {
      cwd: program,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    java.stdout.pipe(createWriteStream(join(root, 'log.txt')));
    const server = new RealBimserver(`http://127.0.0.1:${port}`, async () => {
      java.kill('SIGKILL');
      if (java.exitCode === null && java.signalCode === null) await once(java, 'exit');
      await rm(root, { recursive: true, force: true });
    });
    try {
      await server.#setUp([ifcplugins, bot]);
    } catch (error) {
      await server[Symbol.asyncDispose]();
      throw error;
    }
    return server;
  }

  /** A call of the JSON API; throws what the server says. */
  async call(iface: string, method: string, parameters: object, token?: string): Promise<unknown> {
    const body = JSON.stringify({
      ...(token ? { token } : {}),
      request: { interface: iface, method, parameters },
    });
    const headers = { 'Content-Type': 'application/json' };
    const response = await fetch(`${this.origin}/json`, { method: 'POST', headers, body });
    const { response: envelope } = (await response.json()) as Answer;
    if (envelope?.exception) throw new Error(`${method}: ${envelope.exception.message}`);
    return envelope?.result;
  }

  async login(): Promise<string> {
    return String(await this.call('AuthInterface', 'login', ADMIN));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #setUp(bundles: string[]): Promise<void> {
    await this.#untilUp();
    const { username: adminUsername, password: adminPassword } = ADMIN;
    const about = { serverName: 'Real', serverDescription: '', serverIcon: '/img/bimserver.png' };
    const setup = { siteAddress: this.origin, ...about, adminName: 'Admin', adminUsername, adminPassword };
    await this.call('AdminInterface', 'setup', setup);
    const token = await this.login();
    const all = {
      installAllPlugins: true,
      installAllPluginsForAllUsers: true,
      installAllPluginsForNewUsers: true,
    };
    for (const bundle of bundles) {
      const data = (await readFile(bundle)).toString('base64');
      await this.call('PluginInterface', 'installPluginBundleFromFile', { data, ...all }, token);
    }
    const engines = (await this.call(
      'PluginInterface',
      'getAllRenderEngines',
      { onlyEnabled: false },
      token,
    )) as {
      oid: number;
      name: string;
    }[];
    const empty = engines.find(({ name }) => name === 'Empty engine');
    await this.call('PluginInterface', 'setDefaultRenderEngine', { oid: empty?.oid }, token);
  }

  async #untilUp(): Promise<void> {
    // A minute of processor time: on a busy machine several minutes.
    for (let attempt = 0; attempt < 560; attempt += 1) {
      const response = await fetch(`${this.origin}/servicelist`).catch(() => null);
      if (response !== null) return;
      await sleep(500);
    }
    throw new Error('the BIMserver did not start');
  }
}

async function buildBot(root: string, program: string): Promise<string> {
  const out = join(root, 'bot');
  const maven = join(out, 'META-INF', 'maven', 'org.example', 'echobot');
  await mkdir(join(out, 'plugin'), { recursive: true });
  await mkdir(maven, { recursive: true });
  await cp(join(BOT, 'plugin.xml'), join(out, 'plugin', 'plugin.xml'));
  await cp(join(BOT, 'pom.xml'), join(maven, 'pom.xml'));
  await writeFile(join(maven, 'pom.properties'), 'version=0.0.3\ngroupId=org.example\nartifactId=echobot\n');
  const sources = ['EchoBot.java', 'SecondBot.java', 'EmptyEngine.java'].map((file) => join(BOT, file));
  const paths = ['-cp', join(program, 'lib', '*'), '-d', out];
  execFileSync('javac', ['--release', '8', '-nowarn', ...paths, ...sources], { stdio: 'ignore' });
  const bundle = join(root, 'echobot-0.0.3.jar');
  execFileSync('jar', ['cf', bundle, '.'], { cwd: out });
  return bundle;
}
