// The system that the program runs on, for logs and reports.
import { arch, platform, release } from 'node:os';

/** `linux x64 6.1.0` */
export function systemName(): string {
  return `${platform()} ${arch()} ${release()}`;
}
