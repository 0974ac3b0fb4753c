import type { Role } from './roles';

/** The signed-in person, as procedures and pages know them. */
export interface Viewer {
  /** Pseudonymous id for logs and audit records. */
  id: string;
  name: string;
  email: string;
  role: Role;
  /** Facilities this person may see; null: all. Never empty. */
  facilities: string[] | null;
}
