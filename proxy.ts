import { getToken } from 'next-auth/jwt';
import { NextResponse, type NextRequest } from 'next/server';

/**
 * Navigation only: sends a visitor without a session to the sign-in page, and back afterwards. What a
 * person may see is decided by every page and every procedure itself.
 */
export async function proxy(request: NextRequest): Promise<NextResponse> {
  const token = await getToken({ req: request });
  if (token) return NextResponse.next();
  const target = request.nextUrl.clone();
  const back = `${request.nextUrl.pathname}${request.nextUrl.search}`;
  target.pathname = '/signin';
  target.search = back === '/' ? '' : `?callbackUrl=${encodeURIComponent(back)}`;
  return NextResponse.redirect(target);
}

export const config = {
  matcher: ['/((?!api/|_next/|signin|favicon|icon|robots\\.txt).*)'],
};
