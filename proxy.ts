import { getToken } from 'next-auth/jwt';
import { NextResponse, type NextRequest } from 'next/server';

/**
 * Navigation only: sends a visitor without a session to the sign-in page, and back afterwards. What a
 * person may see is decided by every page and every procedure itself.
 */
export async function proxy(request: NextRequest): Promise<NextResponse> {
  const token = await getToken({ req: request });
  if (token) return NextResponse.next();
  const back = `${request.nextUrl.pathname}${request.nextUrl.search}`;
  const target = new URL('/signin', addressed(request));
  if (back !== '/') target.searchParams.set('callbackUrl', back);
  return NextResponse.redirect(target);
}

/** The origin as the visitor typed it: `nextUrl` names the address that the server listens on, not its public one. */
function addressed(request: NextRequest): string {
  const host = request.headers.get('x-forwarded-host') ?? request.headers.get('host') ?? request.nextUrl.host;
  const protocol = request.headers.get('x-forwarded-proto')?.split(',')[0] ?? request.nextUrl.protocol.replace(':', '');
  const origin = `${protocol}://${host}`;
  return URL.canParse(origin) ? origin : request.nextUrl.origin;
}

export const config = {
  matcher: ['/((?!api/|health(?:$|/)|metrics$|_next/|signin|favicon|icon|robots\\.txt).*)'],
};
