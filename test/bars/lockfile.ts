// What package-lock.json says about what would be installed, judged without installing anything.

export interface Locked {
  version?: string;
  resolved?: string;
  integrity?: string;
  license?: string;
  link?: boolean;
  dev?: boolean;
  hasInstallScript?: boolean;
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
}

export interface Lockfile {
  packages: Record<string, Locked>;
}

export interface Findings {
  registryEntries: number;
  withIntegrity: number;
  /** Sentences. */
  violations: string[];
  directProduction: string[];
}

const fromElsewhere = /^(git|github|gitlab|bitbucket|https?:|file:|[\w.-]+\/[\w.-]+($|#))/;

/** Names in `allowScripts`: each package with an install script must have been decided upon. */
export function judgeLockfile({ packages }: Lockfile, decided: ReadonlySet<string>): Findings {
  const violations: string[] = [];
  const direct = new Set<string>();
  let registryEntries = 0;
  let withIntegrity = 0;
  for (const [path, entry] of Object.entries(packages)) {
    const own = !path.includes('node_modules/');
    const all = { ...entry.dependencies, ...entry.optionalDependencies, ...(own && entry.devDependencies) };
    for (const [name, wanted] of Object.entries(all)) {
      if (fromElsewhere.test(wanted)) violations.push(`${path || 'the root'} takes ${name} from ${wanted}`);
    }
    if (own) {
      for (const name of Object.keys(entry.dependencies ?? {})) if (!name.startsWith('@syncline/')) direct.add(name);
      continue;
    }
    if (entry.link) continue;
    registryEntries++;
    if (entry.integrity?.startsWith('sha512-')) withIntegrity++;
    else violations.push(`${path} has no SHA-512`);
    if (entry.resolved !== undefined && !/\.tgz$/.test(entry.resolved))
      violations.push(`${path} comes from ${entry.resolved}`);
    if (entry.hasInstallScript && !decided.has(nameOf(path)))
      violations.push(`${path} has an undecided install script`);
  }
  return { registryEntries, withIntegrity, violations, directProduction: [...direct].sort() };
}

export const nameOf = (path: string): string => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
