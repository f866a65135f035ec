#include "python_handler.h"
namespace thimble::cli {
Result<void> add_python(Handler&, const project::Artifact&, const HandlerOptions&) { return fail(ErrorCode::kInvalid, "not yet"); }
}
