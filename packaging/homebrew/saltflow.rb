# Formula for a tap of saltflow; `packaging/release` prints the checksum.
class Saltflow < Formula
  desc "Language server and checker for Salt (SaltStack) repositories"
  homepage "https://github.com/saltflow/saltflow"
  url "https://github.com/saltflow/saltflow/archive/refs/tags/v0.1.0.tar.gz"
  sha256 "replaced by the release workflow"
  license "Apache-2.0"

  depends_on "rust" => :build

  def install
    system "cargo", "install", *std_cargo_args(path: "server/saltflow")
    generate_completions_from_executable(bin/"saltflow", "completions")
  end

  test do
    system bin/"saltflow", "demo", testpath/"webshop"
    assert_match "requisite-target-removed-upstream",
                 shell_output("#{bin}/saltflow -C #{testpath}/webshop check", 1)
  end
end
