#pragma once
// The JSON of a client certificate, for the events that have one.

#include <thimble/events/client_certificate.h>

#include "../schema.h"

namespace thimble::events::detail {

template <>
struct Schema<CertificateValidity> {
  using T = CertificateValidity;
  using Members = List<Member<"notBefore", &T::not_before>,  //
                       Member<"notAfter", &T::not_after>>;
};

template <>
struct Schema<ClientCertificate> {
  using T = ClientCertificate;
  using Members = List<Member<"clientCertPem", &T::client_cert_pem>,  //
                       Member<"subjectDN", &T::subject_dn>,           //
                       Member<"issuerDN", &T::issuer_dn>,             //
                       Member<"serialNumber", &T::serial_number>,     //
                       Member<"validity", &T::validity>>;
};

}  // namespace thimble::events::detail
