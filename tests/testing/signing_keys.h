#pragma once
// Keys made for tests; they sign nothing else.

#include <string_view>

namespace assay::testing {

inline constexpr std::string_view kEd25519Key = R"(-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIDFEl+486GtvITRFEbxiHCV97o9eUmPtqu0pN7cLb1/8
-----END PRIVATE KEY-----
)";
inline constexpr std::string_view kEd25519Public = R"(-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEAOdEFH4Xr4fXFcYGqYEk2rgdK8xoY9Fvq9mPIWxSvjnQ=
-----END PUBLIC KEY-----
)";
inline constexpr std::string_view kOtherEd25519Key = R"(-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIDpaGW5SGle0mZpwp+XIdUiKhGNrPd8mbBdYIwKI9P0e
-----END PRIVATE KEY-----
)";
inline constexpr std::string_view kOtherEd25519Public = R"(-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEAAU3x7KY11bg14+1W019rf4Vl5qvIm8u3OCtKF6c6xxM=
-----END PUBLIC KEY-----
)";
inline constexpr std::string_view kP256Key = R"(-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg/xucMcVEn4/U4IN9
s/sXLv+s/RHPUEkaqaJAROZ+TIKhRANCAAQ2dkIBIwbuzwcO9RkgqkejQS95jskv
247WLkAe1WHCugy6j6mUgzvihNV3RNTd+2aMaXg32pIih/VccPUUQBlM
-----END PRIVATE KEY-----
)";
// The same in the older form.
inline constexpr std::string_view kP256Sec1Key = R"(-----BEGIN EC PRIVATE KEY-----
MHcCAQEEIP8bnDHFRJ+P1OCDfbP7Fy7/rP0Rz1BJGqmiQETmfkyCoAoGCCqGSM49
AwEHoUQDQgAENnZCASMG7s8HDvUZIKpHo0EveY7JL9uO1i5AHtVhwroMuo+plIM7
4oTVd0TU3ftmjGl4N9qSIof1XHD1FEAZTA==
-----END EC PRIVATE KEY-----
)";
inline constexpr std::string_view kP256Public = R"(-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAENnZCASMG7s8HDvUZIKpHo0EveY7J
L9uO1i5AHtVhwroMuo+plIM74oTVd0TU3ftmjGl4N9qSIof1XHD1FEAZTA==
-----END PUBLIC KEY-----
)";
// Keys that sign no verdicts.
inline constexpr std::string_view kP384Key = R"(-----BEGIN PRIVATE KEY-----
MIG2AgEAMBAGByqGSM49AgEGBSuBBAAiBIGeMIGbAgEBBDCkzJMSSZgHqx/kxEax
6zKp5VjlSzydNYQg3TSmZKSohurqhrfyqnwoowFhgzKucNahZANiAASkcOtY8rot
1/IL96QFoDfoC5j1V5bdi2ted2KVvFaZ/ydLybKcFkE0Qv9QJMhZSXnM8STX1UmK
fVFtBUUe2J0Sf3cnYWcHiCuSJDBbcNAAukNZW5G5NEdQRQ/tDpUvmyY=
-----END PRIVATE KEY-----
)";
inline constexpr std::string_view kP384Public = R"(-----BEGIN PUBLIC KEY-----
MHYwEAYHKoZIzj0CAQYFK4EEACIDYgAEpHDrWPK6LdfyC/ekBaA36AuY9VeW3Ytr
XndilbxWmf8nS8mynBZBNEL/UCTIWUl5zPEk19VJin1RbQVFHtidEn93J2FnB4gr
kiQwW3DQALpDWVuRuTRHUEUP7Q6VL5sm
-----END PUBLIC KEY-----
)";
inline constexpr std::string_view kRsaKey = R"(-----BEGIN PRIVATE KEY-----
MIICeAIBADANBgkqhkiG9w0BAQEFAASCAmIwggJeAgEAAoGBAJzrtxLtRdchZc2m
gClzHybkmMxcPR7iEugmxHOCoAEujVjq6mGC+22xvuPYQbHsVrJcONmRCJ7G5LB0
k6V+owkx4V2tmEMZKLVe/8aWYuLr38BtpdznAAF9GrsFGVfH3mFqJF55v1j1lPMm
7hQ6FvVwBRvCtubhQPBFcdWlJQiJAgMBAAECgYEAmpQ86QEhTnYQ4g/Fqo9EPbzs
pEuszfJoK5ac6SjhU6i3BsOLFXnBEmMJJ0uOE6Y8FUFxoykS883707NTCrEACnC5
OkztChJKlHGJ+YANSskLIsNPhCu30isLrJ03yZMtrUuuM0aTJhRKsbVEEc0Txm7L
TtIotVL+/1O36fiJMC0CQQDN5WIaEA7MXRj2aPFpMAcMYVBGRUtYA+niXWff1PeS
dwH4HscMkqp6LJJs7VeKzMLS2nXmVWPiMI8UDK9eemAvAkEAwxtXOifEQd099gUs
PXEOaAOISgqU6pCbg0n8TfRAoe5N7MyqNxrn/XDdHL/Q2hwJ8WFM0hm/osjiAksm
XIr8xwJBAK1d+ye047ECpvU80iFe9mBfRGeXC2T2DqazPbbELR4fpQHWcIZOrMso
4rZjdrYByf4fQu0Kc4tOlfss3zFvW7MCQQCq36YcS7mpiY97iPo+8WYRmI5jcjML
4AwjBsgOqc11RJVAv9qPmmP1ZkRwqlnKu+XFXlb+ZwicE91E7vYw9JT/AkBIpQuz
7ygXf+pLpfID95A5JOwUpb8MvV1Pt4jubsju+bMjb/d/Q4uO4L3RzP4TkWaqdgz8
rNLdtiBS4IP4d8cL
-----END PRIVATE KEY-----
)";
inline constexpr std::string_view kRsaPublic = R"(-----BEGIN PUBLIC KEY-----
MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQCc67cS7UXXIWXNpoApcx8m5JjM
XD0e4hLoJsRzgqABLo1Y6uphgvttsb7j2EGx7FayXDjZkQiexuSwdJOlfqMJMeFd
rZhDGSi1Xv/GlmLi69/AbaXc5wABfRq7BRlXx95haiReeb9Y9ZTzJu4UOhb1cAUb
wrbm4UDwRXHVpSUIiQIDAQAB
-----END PUBLIC KEY-----
)";
inline constexpr std::string_view kEncryptedKey = R"(-----BEGIN ENCRYPTED PRIVATE KEY-----
MIGbMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAgCPnuFWWVtSAICA+gw
DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEGeQtVl90a7rUialLcsOxOwEQKez
pwhh4mW4ZSoWGdP5vN6Z0GpAlB0h0EVhD+MV6p5c6yh0Q4SOuhr4E1z7swub/NGS
EGAyrt78OEDoDehTl+g=
-----END ENCRYPTED PRIVATE KEY-----
)";
inline constexpr std::string_view kEncryptedSec1Key = R"(-----BEGIN EC PRIVATE KEY-----
Proc-Type: 4,ENCRYPTED
DEK-Info: AES-128-CBC,A625EDE9B26F3B799DB3F1762064530A

pDktd3kJ/Jp8xQ0Q7u+k80pbC2lzlGg53fcLZptoF5w0JYeeI3mY0SdPSUBXf72u
vEUKCDaecdOblJ48ofDjybqgHPYFuQyfJLfEJJwjPtwx8EyOGpmMOfhmmyI+tS3S
h2IyOXRfhWkfpYCxXf6Pin5HLxBYKd6IQxJz+l2/xpQ=
-----END EC PRIVATE KEY-----
)";

}  // namespace assay::testing
