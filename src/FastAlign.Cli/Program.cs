using System.CommandLine;
using FastAlign.Cli;
using FastAlign.Cli.Commands;
using FastAlign.Core;

var root = new RootCommand("FastAlign: alignment of language models from feedback (SFT, DPO, CPO, ORPO, TPO, LiPO, KTO, BCO, DRO, distillation) in one .NET process.")
{
    DpoCommand.Create(),
    SftCommand.Create(),
    UnpairedCommands.Kto(),
    UnpairedCommands.Bco(),
    UnpairedCommands.Dro(),
    RewardCommand.Create(),
    PrmCommand.Create(),
    OfflineGrpoCommand.Create(),
    PairedCommands.Cpo(),
    PairedCommands.Orpo(),
    PairedCommands.Tpo(),
    PairedCommands.Lipo(),
    DistillCommand.Create(),
    GenerateCommand.Create(),
    EvalCommand.Create(),
    DoctorCommand.Create(),
    BenchCommand.Create(),
    LossesCommand.Create(),
    KernelsCommand.Create(),
};

ParseResult parsed = root.Parse(args);
if (parsed.Errors.Count > 0)
{
    foreach (string error in ParseErrors.Of(parsed, root))
    {
        Console.Error.WriteLine(error);
    }

    Console.Error.WriteLine("Try --help.");
    return ExitCode.BadInput;
}

try
{
    return await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
}
catch (Exception failure) when (failure is InputException or ShapeException)
{
    Console.Error.WriteLine(failure.Message);
    return ExitCode.BadInput;
}
catch (Exception failure) when (failure is RunException or IOException or UnauthorizedAccessException or OutOfMemoryException)
{
    Console.Error.WriteLine(failure.Message);
    return ExitCode.Failed;
}
catch (OperationCanceledException)
{
    Console.Error.WriteLine("interrupted");
    return ExitCode.Interrupted;
}
