export { Address4, Address6 } from 'ip-address';
