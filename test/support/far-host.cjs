// Preloaded: far.example has two addresses, of which the first takes 400 ms to connect, as on another continent, and the
// second is dead. FAR_PORT is its port.
const dns = require('node:dns');

const lookup = dns.lookup;
dns.lookup = (host, options, done) => {
  if (host !== 'far.example') return lookup(host, options, done);
  process.nextTick(done, null, [
    { address: '127.0.0.1', family: 4 },
    { address: '::1', family: 6 },
  ]);
};
const { TCP } = process.binding('tcp_wrap');
const { connect } = TCP.prototype;
TCP.prototype.connect = function (request, address, port) {
  const { oncomplete } = request;
  if (port === Number(process.env.FAR_PORT)) {
    request.oncomplete = (...args) => setTimeout(() => oncomplete.apply(request, args), 400);
  }
  return connect.call(this, request, address, port);
};
