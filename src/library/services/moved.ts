// Does something with a service, and once more where the list has other addresses of it by now.
import type { ListedService } from '../../core/repository/load-repositories.js';
import type { Ports } from '../client/ports.js';
import { movedService } from './find.js';

export async function orMoved<T>(
  ports: Ports,
  service: ListedService,
  work: (service: ListedService) => Promise<T>,
): Promise<T> {
  try {
    return await work(service);
  } catch (error) {
    const moved = await movedService(ports, service, error);
    if (moved === null) throw error;
    return work(moved);
  }
}
