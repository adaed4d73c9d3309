// What the app may use of signing in.
export { SignInPage } from './SignInPage';
