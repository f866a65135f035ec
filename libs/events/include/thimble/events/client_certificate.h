#pragma once
// Who a caller of an HTTP API with mutual TLS is.

#include <string>

namespace thimble::events {

struct CertificateValidity {
  std::string not_before;  // "May 28 12:30:02 2019 GMT"
  std::string not_after;

  bool operator==(const CertificateValidity&) const = default;
};

struct ClientCertificate {
  std::string client_cert_pem;
  std::string subject_dn;
  std::string issuer_dn;
  std::string serial_number;
  CertificateValidity validity;

  bool operator==(const ClientCertificate&) const = default;
};

}  // namespace thimble::events
