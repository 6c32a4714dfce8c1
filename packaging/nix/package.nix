{ lib, rustPlatform, installShellFiles }:

rustPlatform.buildRustPackage {
  pname = "saltflow";
  version = "0.1.0";
  src = ../..;
  cargoLock.lockFile = ../../Cargo.lock;
  cargoBuildFlags = [ "-p" "saltflow" ];
  # the tests need real Salt and real editors: tests/run
  doCheck = false;
  nativeBuildInputs = [ installShellFiles ];
  postInstall = ''
    installShellCompletion --cmd saltflow \
      --bash <($out/bin/saltflow completions bash) \
      --zsh <($out/bin/saltflow completions zsh) \
      --fish <($out/bin/saltflow completions fish)
  '';
  meta = {
    description = "Language server and checker for Salt (SaltStack) repositories";
    license = lib.licenses.asl20;
    mainProgram = "saltflow";
  };
}
