import type { Viewer } from './viewer';

declare module 'next-auth' {
  interface Session {
    viewer?: Viewer;
  }
  interface User {
    viewer?: Viewer;
  }
}

declare module 'next-auth/jwt' {
  interface JWT {
    viewer?: Viewer;
  }
}
